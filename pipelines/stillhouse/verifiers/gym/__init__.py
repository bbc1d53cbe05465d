"""The tasks of reasoning-gym, each scored by its own library, and what that scoring gets wrong."""

"""The worker processes that run verifiers: confined, limited, killable."""

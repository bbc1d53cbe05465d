"""The jail: runs model-written Python where it can reach nothing, and says how it ended.

`confine.confine_self` confines the calling process; `client.Jail` runs programs in confined processes of their own.
"""

from stillhouse.verifiers.code.jail.confine import confine_self

__all__ = ["confine_self"]

"""What every test shares: quiet libraries, no network, and toys."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

"""What all tests share: the stand-ins for GitHub and Claude."""

pytest_plugins = ["tests.standins.fixtures"]

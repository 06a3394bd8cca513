pytest_plugins = ["tests.plugin", "tests.servers", "tests.log"]

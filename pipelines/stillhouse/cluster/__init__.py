"""Ray: the only package that imports it. Sessions, actors kept by resources, work handed out, heavy steps as jobs."""

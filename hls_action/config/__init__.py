"""What a maintainer sets: the inputs of the action, the environment of the job, and `.github/hls.yml`."""

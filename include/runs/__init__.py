"""Running rhythms: under the scheduler, in this process, or warm, many times over."""

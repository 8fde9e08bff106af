"""Running rhythms: under the scheduler, in this process, or many times in a warm process."""

"""The morning: one page of what is due, what moved, one question, one dream; written for people, and delivered once."""

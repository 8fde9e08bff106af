"""The rhythms: what each is, when it sleeps, what its clock says, and whether anything waits for it."""

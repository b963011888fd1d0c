"""What begins a department's curriculum on screen: what the site is given with, a fiche filière."""

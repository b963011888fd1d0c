"""What is done while nobody looks (backup, drill, proof, anchor): what each said, for who runs the site."""

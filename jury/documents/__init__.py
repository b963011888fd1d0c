"""What comes after the jury: the PV and its signatures, documents, exports."""

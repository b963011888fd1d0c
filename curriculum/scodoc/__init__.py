"""Coming from ScoDoc: the programme (« formation ») that it exports, as programmes of ours, one a year."""

"""What any PDF needs: rendering, fonts, signing and verifying. Knows nothing of juries."""

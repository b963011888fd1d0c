"""The national référentiel of a spécialité: read from its file, loaded, held against what programmes say."""

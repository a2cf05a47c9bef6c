"""The builder: one text per unit, turned into the notebooks of both frameworks."""

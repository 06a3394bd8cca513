"""What-if: a day's arrivals and staffing played through rules, over a virtual clock. See docs/whatif.md.

``day``, ``figures``, ``simulator`` and what they stand on are pure: no database, no wall clock, one seed.
"""

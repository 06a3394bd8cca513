"""The common ground of REST: who asks, what he may, how answers, pages and refusals look."""

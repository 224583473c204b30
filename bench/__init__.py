"""What Segue costs, measured: each part prints one table of `bench/README.md`.

`run` picks the parts and prints; `tables` and `conditions` are how it prints. The parts: `core` (the pure step),
`encode` (texts to vectors), `worker` (the whole process on a real broker), `latency` (event to change), `users` (cost
as people grow), `restart` (until ready again). What they stand on: `scenario` (real purchases and a segment model made
from them), `people` (many states made from few), `deployment` (broker, topics, worker processes), `stopwatch`.
"""

"""MANY RUNS: folders → answers. What a run means, said in words, numbers and pictures."""

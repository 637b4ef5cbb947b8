"""The benchmark: every figure is a ratio measured in one run, interleaved: `python -m playground bench --help`.

Nothing is imported here, so that the command line does not wait for torch. `registry` says what a result is, `measure`
how time is taken, `peers` and `ours` what is compared; a result is a function with the line `@result(…)` above it in
`rates`, `goals`, `convolution`, `memory`, `pca` or `gpu`. Peers are installed by this folder's `requirements.txt`.
"""

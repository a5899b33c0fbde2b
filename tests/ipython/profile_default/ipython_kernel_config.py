"""How a kernel runs when its outputs are stored or compared."""

c = get_config()  # noqa: F821
c.IPKernelApp.capture_fd_output = False  # TensorFlow's start-up lines are no output of a cell
c.HistoryManager.enabled = False

"""The line: from what is open in a thread to the answer in it. `respond` is the page that says how."""

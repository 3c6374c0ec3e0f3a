"""The month on one page: a document of sections, written as HTML or Markdown; pure."""

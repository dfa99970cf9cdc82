"""What the pages say of themselves: panes, marks, controls, keys, tour; docs/pages.md is made from it, too."""

"""First script on the board: choose the firmware slot. Kept short; see docs/recovery.md."""

"""What people see: rich renderables made from values. Nothing here reads or writes."""

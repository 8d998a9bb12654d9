"""What an untrusted workbook says, row by row, whatever somebody has made of it."""

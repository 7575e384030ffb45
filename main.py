"""Start the application; what it cannot handle itself ends in a controlled reset."""

from firmware import app

app.main()

def download_with_retry(url, attempts=3):
    """Download a page over HTTP and try again when the server is busy."""
    for _ in range(attempts):
        try:
            return get(url)
        except Busy:
            continue
    raise Busy(url)

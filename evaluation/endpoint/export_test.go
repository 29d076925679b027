package endpoint

// What the tests from outside this package reach of its inside.
type Client = client

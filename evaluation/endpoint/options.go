package endpoint

import (
	"cmp"
	"net"
	"net/url"
	"strings"
	"time"

	"loradex/internal/fault"
)

// Options say which endpoint is asked, and how. URL and Model must be set.
type Options struct {
	// URL is that of the API, such as https://api.openai.com/v1, or of its embeddings: ".../embeddings" is added where it is
	// missing. Without user, query and fragment.
	URL   string
	Model string // name of the model in a request
	Key   string // API key, sent as a bearer token; "" sends none

	// InputType sends the field "input_type", "query" or "document", with each request. Endpoints that encode the two alike do
	// not need it, and strict ones refuse fields that they do not know.
	InputType bool

	Batch       int           // texts in one request. The default is 64, the most is 2048.
	Timeout     time.Duration // of one attempt. The default is 60 s.
	Retries     int           // attempts after the first, for 408, 429, 5xx and broken connections. The default is 5; -1 is none.
	Backoff     time.Duration // wait before the second attempt; each later one is twice as long. The default is 500 ms.
	MaxResponse int64         // bytes of an answer. The default is 256 MiB.
}

// maxWait bounds the wait before an attempt, whatever the server asks for.
const maxWait = time.Minute

// validate reports settings that cannot work.
func (o Options) validate() error {
	if o.Model == "" {
		return fault.New(fault.Invalid, "the endpoint %s needs the name of a model", o.URL)
	}
	if strings.ContainsAny(o.Key, "\r\n") {
		return fault.New(fault.Invalid, "the API key holds a line break").WithHint("check how the environment variable is set")
	}
	if o.Batch < 0 || o.Batch > 2048 || o.Retries < -1 || o.Retries > 20 || o.Timeout < 0 || o.Backoff < 0 || o.MaxResponse < 0 {
		return fault.New(fault.Invalid, "batch %d, retries %d, timeout %s, backoff %s and answer of %d bytes: one of them makes no sense",
			o.Batch, o.Retries, o.Timeout, o.Backoff, o.MaxResponse)
	}
	return nil
}

func (o Options) withDefaults() Options {
	o.Batch, o.Retries, o.MaxResponse = cmp.Or(o.Batch, 64), cmp.Or(o.Retries, 5), cmp.Or(o.MaxResponse, 256<<20)
	o.Timeout, o.Backoff = cmp.Or(o.Timeout, time.Minute), cmp.Or(o.Backoff, 500*time.Millisecond)
	return o
}

// address is the URL that requests go to.
func (o Options) address() (*url.URL, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fault.New(fault.Invalid, "%q is not the address of an endpoint", o.URL).WithHint("such as https://api.openai.com/v1 or http://127.0.0.1:8080/v1")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// Not shown: it may hold a password.
		return nil, fault.New(fault.Invalid, "the address of an endpoint is without user, query and fragment").WithHint("an API key is taken from the environment")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	if !strings.HasSuffix(u.Path, "/embeddings") {
		u.Path += "/embeddings"
	}
	u.RawPath = ""
	return u, nil
}

// isLoopback tells whether a host is this machine.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

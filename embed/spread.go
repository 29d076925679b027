package embed

import (
	"context"
	"math"
)

// unrelated are texts that have nothing to do with each other, as code and questions about it.
var unrelated = [...]string{
	"func parse(line string) (key, value string, ok bool)",
	"how do I resize an image without losing its proportions",
	"SELECT name, count(*) FROM orders GROUP BY name HAVING count(*) > 3",
	"class LinkedList: def append(self, node): self.tail.next = node",
	"the session expires after thirty minutes without a request",
	"def matrix_multiply(a, b): return [[sum(x * y for x, y in zip(r, c)) for c in zip(*b)] for r in a]",
	"int main(void) { printf(\"hello\\n\"); return 0; }",
	"retry the upload when the connection is reset",
	"public boolean isPalindrome(String text)",
	"mutex.lock(); queue.push(job); condition.notify_one();",
	"compress a folder into a tar archive",
	"const total = prices.reduce((sum, p) => sum + p, 0)",
	"validate the signature of a JSON web token",
	"kill the process that listens on a port",
	"impl Iterator for Countdown { type Item = u32; }",
	"average temperature of each month as a bar chart",
	"module Greeter; def self.call(name) = \"Hello, #{name}\"; end",
	"convert degrees to radians",
	"a template that renders the rows of a table",
	"binary search in a sorted array",
	"git branch --merged | xargs git branch -d",
	"shuffle a deck of cards",
	"register a handler for the signal SIGTERM",
	"shortest path between two nodes of a weighted graph",
}

// Spread returns the standard deviation of the cosines between unrelated texts, as the model alone has them: how wide a model spreads
// what it embeds. It is .15 for models that use the whole sphere, and .03 for those trained with a low temperature, whose cosines
// all lie close to one.
func (e *Encoder) Spread(ctx context.Context) (float64, error) {
	rows := make([]Row, len(unrelated))
	for i, text := range unrelated {
		rows[i] = Row{Text: text, Role: Document}
	}
	vectors, err := e.Encode(ctx, rows)
	if err != nil {
		return 0, err
	}
	var n, sum, squares float64
	for i, a := range vectors {
		for _, b := range vectors[:i] {
			c := 0.0
			for k := range a {
				c += float64(a[k]) * float64(b[k])
			}
			n, sum, squares = n+1, sum+c, squares+c*c
		}
	}
	mean := sum / n
	return math.Sqrt(max(0, squares/n-mean*mean)), nil
}

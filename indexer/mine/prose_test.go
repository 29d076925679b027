package mine

import (
	"strings"
	"testing"
)

func TestDocQuery(t *testing.T) {
	long := strings.Repeat("word ", 40)
	for _, c := range []struct{ name, doc, symbol, want, why string }{
		{"go name", "Foo returns the rows of a table.", "T.Foo", "returns the rows of a table.", ""},
		{"go type", "A Foo is a queue of waiting rows.", "Foo", "a queue of waiting rows.", ""},
		{"noun after the name", "The Foo class holds waiting rows.", "Foo", "The class holds waiting rows.", ""},
		{"name and arguments", "foo(a, b) -- joins two sorted lists", "foo", "joins two sorted lists", ""},
		{"other word first", "Food is served warm here.", "Foo", "Food is served warm here.", ""},
		{"first paragraph", "Opens the index file.\n\nIt must exist before.", "open", "Opens the index file.", ""},
		{"javadoc", "Opens the {@link Index} file, <b>once</b>.\n@param a path\n@return it", "open", "Opens the Index file, once.", ""},
		{"sphinx", "Opens the :class:`~a.Index` file.\n:param a: path", "open", "Opens the a.Index file.", ""},
		{"google style", "Opens the index file.\nArgs:\n  a: path", "open", "Opens the index file.", ""},
		{"brief", "@brief Opens the index file.\n\\param a path", "open", "Opens the index file.", ""},
		{"links", "Opens the [Index] and its [log](log.md).", "open", "Opens the Index and its log.", ""},
		{"list after it", "Sorts the given rows:\n - by name\n - by age", "sort", "Sorts the given rows", ""},
		{"aside", "Opens the index file. See https://example.org/x for more.", "open", "Opens the index file.", ""},
		{"sentences that fit", long + "end. " + long, "f", strings.TrimSpace(long) + " end.", ""},
		{"endless", long + long, "f", "", "long"},
		{"two words", "Foo closes it.", "Foo", "closes it.", "short"},
		{"only tags", "@param a path\n@return the file", "open", "", "not_prose"},
		{"deprecated", "Opens the file. Deprecated: use New.", "open", "", "notice"},
		{"licence", "Copyright 2020 The Authors. Use it well.", "x", "", "notice"},
		{"note", "TODO: make this one faster", "x", "", "notice"},
		{"a todo list", "adds a todo to the list", "x", "adds a todo to the list", ""},
		{"link", "Like https://example.org but with faster rows", "x", "", "notice"},
		{"code", "if (a[i] == b[j]) { return f(x); }", "x", "if (a[i] == b[j]) { return f(x); }", "not_prose"},
		{"another script", "открывает файл индекса на диске", "x", "открывает файл индекса на диске", "not_prose"},
		{"nothing", "", "x", "", "not_prose"},
	} {
		got, why := docQuery(c.doc, c.symbol)
		if got != c.want || why != c.why {
			t.Errorf("%s: %q %q, want %q %q", c.name, got, why, c.want, c.why)
		}
	}
}

func TestSubjectQuery(t *testing.T) {
	for _, c := range []struct{ subject, want, why string }{
		{"Close the file when the scan fails (#12)", "Close the file when the scan fails", ""},
		{"fix(parser)!: accept a trailing comma in lists", "accept a trailing comma in lists", ""},
		{"net/http, io: keep the body of a failed request", "keep the body of a failed request", ""},
		{"[api] ABC-12: return the rows in order", "return the rows in order", ""},
		{"Handle empty rows in `Scan`, fixes #7.", "Handle empty rows in Scan", ""},
		{"Merge branch 'main' into x", "", "noise"},
		{"Revert \"Close the file when the scan fails\"", "", "noise"},
		{"Bump actions/checkout from 3 to 4", "", "noise"},
		{"wip: reading the second file", "", "noise"},
		{"v1.2.3 with the new parser in it", "", "noise"},
		{"docs: say how to open a file", "", "noise"},
		{"chore(deps): take the new parser version", "", "noise"},
		{"Add more tests for the row parser", "", "noise"},
		{"Fix a typo in the row parser", "", "noise"},
		{"Improve error", "", "short"},
		{"parser: fix it", "", "short"},
	} {
		got, why := subjectQuery(c.subject)
		if got != c.want || why != c.why {
			t.Errorf("%q: %q %q, want %q %q", c.subject, got, why, c.want, c.why)
		}
	}
}

func TestReadmeQuery(t *testing.T) {
	for _, c := range []struct{ text, mark, want string }{
		{"`Open` opens the index.", "`Open`", "opens the index."},
		{"`Open(path)` — opens the index.", "`Open(path)`", "opens the index."},
		{"`Space` is the digest of all that counts.", "`Space`", "the digest of all that counts."},
		{"Call `Open` to read the `index` file.", "`Open`", "Call it to read the index file."},
		{"The `Open` function reads the index.", "`Open`", "The function reads the index."},
		{"An error is a `Fault` with a code.", "`Fault`", "An error is it with a code."},
	} {
		if got := readmeQuery(c.text, c.mark); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzProse(f *testing.F) {
	f.Add("Foo returns `x`. See [y](z)\n\n@param a b", "T.Foo")
	f.Add("{@link a} <b> :func:`x` ``` \x00", "")
	f.Add("fix(x)!: [a] b: #1 (#2)", "a.b")
	f.Fuzz(func(t *testing.T, text, symbol string) {
		for what, build := range map[string]func() (string, string){
			"doc":    func() (string, string) { return docQuery(text, symbol) },
			"commit": func() (string, string) { return subjectQuery(text) },
			"readme": func() (string, string) { q := readmeQuery(text, "`"+symbol+"`"); return q, judge(q) },
		} {
			query, why := build()
			if n := len(strings.Fields(query)); why == "" && (n < minWords || n > maxWords) {
				t.Errorf("%s: a query of %d words: %q", what, n, query)
			}
			if why == "" && notice.MatchString(query) {
				t.Errorf("%s: a notice: %q", what, query)
			}
		}
	})
}

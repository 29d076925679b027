package mine

import (
	"slices"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ text, name, want string }{
		{"func run() { run(); rerun(); runs() }", "run", "func _() { _(); rerun(); runs() }"},
		{"run", "run", "_"},
		{"run run", "run", "_ _"},
		{"runrun", "run", "runrun"},
		{"a.run(x)", "run", "a._(x)"},
		{"_run", "run", "_run"},
		{"", "run", ""},
	} {
		if got, ok := mask(c.text, c.name); got != c.want || !ok {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	for _, name := range []string{"", "operator==", "empty?", "~T"} {
		if got, ok := mask("a empty? b", name); ok || got != "a empty? b" {
			t.Errorf("%q was masked: %q", name, got)
		}
	}
}

func TestTestedNames(t *testing.T) {
	for symbol, want := range map[string]string{
		"TestParseConfigErrors":     "parseconfigerrors parseconfig parse",
		"BenchmarkParse":            "parse",
		"TestRepo_Close":            "repoclose repo",
		"test_parse_config":         "parseconfig parse",
		"ParserTest.parsesConfig":   "parserparsesconfig parserparses parsesconfig parses",
		"TestParser.test_config":    "parserconfig config",
		"helper":                    "",
		"TestMain":                  "main",
		"Suite.TestScan":            "scan",
		"TestIO":                    "",
		"SomethingElse.plainMethod": "",
	} {
		if got := strings.Join(testedNames(symbol), " "); got != want {
			t.Errorf("%s: %q, want %q", symbol, got, want)
		}
	}
}

func TestTestPaths(t *testing.T) {
	tests := []string{"a/b_test.go", "tests/x.py", "test_x.py", "src/test/java/FooTest.java", "x.spec.ts", "a.test.js", "conftest.py", "FooTests.cs"}
	for _, path := range tests {
		if !isTestPath(path) {
			t.Errorf("%s is no test", path)
		}
	}
	code := []string{"a/b.go", "contest.py", "latest.go", "attest/x.go", "protest.js", "src/main/java/Foo.java", "testimony.go"}
	for _, path := range code {
		if isTestPath(path) {
			t.Errorf("%s is a test", path)
		}
	}
	if !slices.ContainsFunc([]string{"a/testdata/x.go"}, isTestData) || isTestData("data/x.go") || !isTestData("mock_store.go") {
		t.Error("test data are taken for code, or the other way round")
	}
}

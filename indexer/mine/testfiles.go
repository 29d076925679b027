package mine

import (
	"regexp"
	"slices"
	"strings"

	"loradex/indexer"
)

// This file knows by their names which files hold tests, and which hold what tests read.

var (
	testFolders = []string{"test", "tests", "spec", "specs", "__tests__", "unittest", "unittests", "integration_tests", "testing"}
	dataFolders = []string{
		"testdata", "test_data", "test-data", "fixtures", "fixture", "__fixtures__", "__snapshots__", "__mocks__", "mocks", "golden",
		"goldens", "test-fixtures", "testfixtures",
	}
	testStem = regexp.MustCompile(`(?:^test_|^conftest$|_test$|_tests$|_spec$|[.-]test$|[.-]spec$|^test$|^tests$|[a-z0-9]Tests?$|[a-z0-9]TestCase$|[a-z0-9]Spec$|^Test[A-Z])`)
)

func isTestPath(path string) bool {
	folders, stem := pathParts(path)
	return testStem.MatchString(stem) || slices.ContainsFunc(folders, func(f string) bool { return slices.Contains(testFolders, f) })
}

// isTestData also takes generators of mocks out: their code is a program's.
func isTestData(path string) bool {
	folders, stem := pathParts(path)
	return strings.HasPrefix(stem, "mock_") || strings.HasSuffix(stem, "_mock") ||
		slices.ContainsFunc(folders, func(f string) bool { return slices.Contains(dataFolders, f) })
}

// isInlineTest knows tests, and helpers of tests, that stand beside the code.
func isInlineTest(language string, c *indexer.Chunk) bool {
	switch language {
	case "rust":
		return strings.HasPrefix(c.Symbol, "tests.") || strings.HasPrefix(c.Symbol, "test.") || c.Symbol == "tests"
	case "go":
		return goTest.MatchString(c.Signature + "\n" + c.Text)
	}
	return false
}

// goTest is a function that takes the state of a test.
var goTest = regexp.MustCompile(`(?m)^func .*[ *]testing\.(T|B|F|TB)\b`)

// pathParts returns the folders of a path, in lower case, and the name of the file without its last extension.
func pathParts(path string) (folders []string, stem string) {
	parts := strings.Split(path, "/")
	stem = parts[len(parts)-1]
	if dot := strings.LastIndexByte(stem, '.'); dot > 0 {
		stem = stem[:dot]
	}
	for _, p := range parts[:len(parts)-1] {
		folders = append(folders, strings.ToLower(p))
	}
	return folders, stem
}

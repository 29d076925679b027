// Package storetest holds the tests that every store must pass: what the indexer and the search rely on, and no more.
//
//	go test ./search/storetest -run TestSQLite
//
// To add a store: implement search.Backend in a folder below search, run the suite over it in store_test.go, and nothing
// else is needed. The suite opens the same folder again to see what is durable, so whatever the store keeps elsewhere must
// be found by the folder's name.
package storetest

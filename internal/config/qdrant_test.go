package config

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loradex/internal/fault"
)

func TestQdrantFromEverywhere(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), fileName), "qdrant:\n  address: q:1\n  replicas: 3\n  timeout: 5s\n  tls: true\n  oversampling: 2.5\n")
	env := map[string]string{
		"LORADEX_QDRANT_API_KEY": "hush", "LORADEX_QDRANT_TLS": "false", "LORADEX_QDRANT_TIMEOUT": "1m", "LORADEX_QDRANT_OVERSAMPLING": "8",
	}
	c, err := Load(Places{File: path, Getenv: func(k string) string { return env[k] }})
	want := Default().Qdrant
	want.Address, want.Replicas, want.Timeout, want.Oversampling, want.APIKey = "q:1", 3, time.Minute, 8, "hush"
	if err != nil || c.Qdrant != want {
		t.Errorf("got  %#v, %v\nwant %#v", c.Qdrant, err, want)
	}
	for key, value := range map[string]string{"TLS": "perhaps", "TIMEOUT": "30", "OVERSAMPLING": "much", "SHARDS": "1.5"} {
		_, err := Load(Places{Getenv: func(k string) string { return map[string]string{"LORADEX_QDRANT_" + key: value}[k] }})
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "LORADEX_QDRANT_"+key) {
			t.Errorf("%s=%s: %v", key, value, err)
		}
	}
}

func TestKeyIsNeverPrinted(t *testing.T) {
	c := Default()
	c.Qdrant.APIKey = "hush"
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(data), fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%q", c.Qdrant.APIKey), fmt.Sprintf("%v", c.Qdrant)}
	for _, s := range settings() {
		texts = append(texts, s.value(&c))
	}
	for _, text := range texts {
		if strings.Contains(text, "hush") {
			t.Errorf("the key is in %s", text)
		}
	}
}

// TestKeyStaysWithItsServer: a repository's file cannot send the user's key to a server of its choice.
func TestKeyStaysWithItsServer(t *testing.T) {
	tests := []struct {
		name, home, repo string
		env              map[string]string
		refused          bool
	}{
		{"key at home", "qdrant: {address: mine:1, api_key: hush}\n", "qdrant: {address: other:1}\n", nil, true},
		{"key in the environment", "", "qdrant: {address: other:1}\n", map[string]string{"LORADEX_QDRANT_API_KEY": "hush"}, true},
		{"key of the repository replaced", "", "qdrant: {address: other:1, api_key: x}\n", map[string]string{"LORADEX_QDRANT_API_KEY": "hush"}, true},
		{
			"server from the environment", "", "qdrant: {address: other:1}\n",
			map[string]string{"LORADEX_QDRANT_API_KEY": "hush", "LORADEX_QDRANT_ADDRESS": "mine:1"},
			false,
		},
		{"both in the repository", "qdrant: {address: mine:1, api_key: hush}\n", "qdrant: {address: other:1, api_key: x}\n", nil, false},
		{"no key", "", "qdrant: {address: other:1}\n", nil, false},
		{"only other settings", "qdrant: {address: mine:1, api_key: hush}\n", "qdrant: {shards: 2}\n", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			put(t, filepath.Join(root, "home", fileName), tt.home)
			put(t, filepath.Join(root, "repo", fileName), tt.repo)
			_, err := Load(Places{
				Home: filepath.Join(root, "home"), Start: filepath.Join(root, "repo"), Getenv: func(k string) string { return tt.env[k] },
			})
			if tt.refused && (fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "other:1") || strings.Contains(err.Error(), "hush")) ||
				!tt.refused && err != nil {
				t.Errorf("refused: want %v, got %v", tt.refused, err)
			}
		})
	}
}

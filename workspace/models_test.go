package workspace

import "testing"

func TestModelName(t *testing.T) {
	for dir, want := range map[string]string{
		"/data/e5-small": "e5-small", "/hub/models--intfloat--e5-small/snapshots/ffb93f3bd4047442299a41ebb6fa998a38507c52": "e5-small",
		"/hub/models--gpt2/snapshots/abc": "gpt2", "/hub/models--a--b/other/abc": "abc", "/hub/plain/snapshots/abc": "abc",
		"/jars/e5-small-v2.onnx": "e5-small-v2", "/data/tiny/model.onnx": "tiny", "/data/tiny/onnx/model.onnx": "tiny",
	} {
		if got := modelName(dir); got != want {
			t.Errorf("%s is called %s, want %s", dir, got, want)
		}
	}
}

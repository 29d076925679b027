package adapters

import (
	"os"

	"loradex/adapters/adapterhub"
	"loradex/adapters/peft"
)

// readHub reads a folder of AdapterHub's library. What it says in its own way is the same update as in PEFT's folders.
func readHub(root *os.Root, dir string) (*Adapter, error) {
	folder, err := adapterhub.Open(root, dir)
	if err != nil {
		return nil, err
	}
	return &Adapter{
		Method:  folder.Config.Method,
		Updates: folder.Updates,
		Card:    Card{BaseModel: folder.Config.BaseModel},
		bytes:   folder.Bytes,
		closer:  folder.Close,
		targets: folder.Targets,
	}, nil
}

// weightFiles lists the files that may hold an adapter's tensors, by the text of its configuration. The first that is there
// does.
func weightFiles(config []byte) []string {
	if adapterhub.Is(config) {
		return []string{adapterhub.WeightsFile, adapterhub.PickleFile}
	}
	return []string{peft.WeightsFile}
}

package model

import "loradex/adapters/torchfile"

func openTorch(path string) (tensorFile, error) {
	if err := refusePointer(path); err != nil {
		return nil, err
	}
	return torchfile.Open(path)
}

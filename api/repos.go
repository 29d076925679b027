package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"loradex/workspace"
)

// repos answers GET /v1/repos.
func (s *server) repos(c echo.Context) error {
	list, err := s.workspace.Trees(c.Request().Context())
	if err != nil {
		return err
	}
	if list == nil {
		list = []workspace.Tree{}
	}
	return c.JSON(http.StatusOK, map[string][]workspace.Tree{"repos": list})
}

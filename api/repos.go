package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// repos answers GET /v1/repos.
func (s *Server) repos(c echo.Context) error {
	list, err := s.deps.Lister.Repos(c.Request().Context())
	if err != nil {
		return err
	}
	if list == nil {
		list = []Repo{}
	}
	return c.JSON(http.StatusOK, map[string][]Repo{"repos": list})
}

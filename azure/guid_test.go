package azure

import "testing"

func TestIsGUIDTakesOnlyTheCanonicalForm(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"5a4db0c5-0000-4000-8000-0f1fe0365001":   true,
		"5A4DB0C5-0000-4000-8000-0F1FE0365001":   true,
		"{5a4db0c5-0000-4000-8000-0f1fe0365001}": false,
		"5a4db0c5-0000-4000-8000-0f1fe036500":    false,
		"5a4db0c5-0000-4000-8000-0f1fe036500g":   false,
		"5a4db0c50000-4000-8000-0f1fe0365001-00": false,
		"5a4db0c500004000800000f1fe0365001":      false,
		"5a4db0c5--000-4000-8000-0f1fe0365001":   false,
		"":                                       false,
	} {
		if IsGUID(s) != want {
			t.Errorf("IsGUID(%q) = %v", s, !want)
		}
	}
}

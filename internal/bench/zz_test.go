package bench
import ("testing";"os";"time";"fmt")
func BenchmarkZZ(b *testing.B) {
	e := newEndpoint(b, 0); f := newFleet(b, 1000, e.url); f.write(b, -time.Minute)
	os.WriteFile("/tmp/fast/zz.env", []byte(fmt.Sprintf("D=%s\nC=%s\nU=%s\nexport SSL_CERT_FILE=%s SSL_CERT_DIR=/none\n", f.dir, f.cloud, e.url, e.authority)), 0o600)
	go func(){ for { time.Sleep(2*time.Millisecond); if _, err := os.Stat("/tmp/fast/zz.age"); err==nil { f.write(b,-time.Minute); os.Remove("/tmp/fast/zz.age") } } }()
	time.Sleep(3600*time.Second)
}

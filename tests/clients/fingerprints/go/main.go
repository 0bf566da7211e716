// What Go's Avro libraries call schemas: name of the library, its version, the file, the bytes as a message has them.
package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/hamba/avro/v2"
	"github.com/linkedin/goavro/v2"
)

// Little-endian, as in single-object encoding.
func turned(bytes []byte) string {
	out := make([]byte, len(bytes))
	for i, b := range bytes {
		out[len(bytes)-1-i] = b
	}
	return hex.EncodeToString(out)
}

func main() {
	version := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			version[module.Path] = module.Version
		}
	}
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			log.Fatal(err)
		}
		avro.DefaultSchemaCache = &avro.SchemaCache{} // two texts of one name
		schema, err := avro.Parse(string(text))
		if err != nil {
			log.Fatal(err)
		}
		hamba, err := schema.FingerprintUsing(avro.CRC64Avro)
		if err != nil {
			log.Fatal(err)
		}
		codec, err := goavro.NewCodec(string(text))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("hamba/avro", version["github.com/hamba/avro/v2"], filepath.Base(path), turned(hamba))
		fmt.Println("goavro", version["github.com/linkedin/goavro/v2"], filepath.Base(path), turned(binary.BigEndian.AppendUint64(nil, codec.Rabin)))
	}
}

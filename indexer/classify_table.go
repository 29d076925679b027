package indexer

import "strings"

// This file holds the tables of classify.go. A change to one is a change of classifyVersion.

// vendorFolders are names of folders that package managers and habit use for copies of other people's code.
var vendorFolders = set(`vendor node_modules bower_components jspm_modules third_party third-party thirdparty 3rdparty
	3rd-party 3rd_party Godeps Carthage Pods .yarn site-packages .venv .tox .eggs __pycache__`)

// binaryExtensions are never text. Others are found by their content.
var binaryExtensions = set(`png jpg jpeg gif webp bmp ico icns tif tiff psd heic avif pdf ps eps doc docx xls xlsx ppt pptx
	odt ods zip gz tgz bz2 xz zst lz4 7z rar tar jar war ear whl egg gem deb rpm apk ipa dmg iso img so dylib dll exe a o
	obj lib class pyc pyo wasm node mp3 mp4 m4a avi mov mkv webm ogg oga ogv wav flac ttf otf woff woff2 eot db sqlite
	sqlite3 mdb onnx pt pth safetensors npy npz h5 hdf5 parquet arrow feather pkl pickle bin dat pb tflite gguf idx pack
	keystore jks p12 pfx der swf blend fbx glb stl`)

// dataExtensions are text, but data rather than anything that one searches for by meaning.
var dataExtensions = set(`jsonl ndjson geojson csv tsv svg lock sum log map snap storyboard xib po pot pem crt cer key csr pub asc diff patch srt vtt ics eml warc har
	bib sarif resx nib pbxproj golden`)

// configExtensions are data, too, but of the kind in which projects are described and programs configured.
var configExtensions = set(`json json5 jsonc webmanifest xml xsd xsl xslt plist ipynb`)

// configLanguages are the languages of these files, whatever they are called.
var configLanguages = set(`json json5 xml`, "json with comments", "xml property list", "maven pom", "ant build system", "npm config",
	"browserslist")

// projectNames describe projects, and may be longer than other configuration.
var projectNames = set(`package.json composer.json bower.json tsconfig.json jsconfig.json deno.json angular.json nx.json vcpkg.json
	cmakepresets.json project.json pom.xml build.xml ivy.xml web.config app.config androidmanifest.xml openapi.json swagger.json`)

// fixtureFolders hold what programs read in tests, and texts in other languages: small files, and many.
var fixtureFolders = set(`testdata test-data test_data fixtures fixture __fixtures__ snapshots __snapshots__ golden goldens cassettes
	__mocks__ locales locale i18n translations data dataset datasets`)

// dataNames are lock files and the like without a telling extension.
var dataNames = set(`.gitignore .gitattributes .gitmodules .gitkeep .keep .ds_store .loradexignore .dockerignore .npmignore
	.eslintignore .prettierignore .mailmap go.sum package-lock.json npm-shrinkwrap.json packages.lock.json project.assets.json`)

// packedLanguages are those that programs pack for browsers. In others, long lines are tables that people keep beside their code.
var packedLanguages = set(`javascript css html jsx vue`)

// codeLikeData are languages that linguist counts as data and that are written, and searched, like code or
// configuration. All other data languages are passed over.
var codeLikeData = set(`abnf apacheconf caddyfile crontab desktop dotenv easybuild ebnf editorconfig edn flatbuffers gn gradle
	graphql haproxy hocon ini kdl kickstart kusto lark miniyaml nginx ninja oasv2-yaml oasv3-yaml plantuml prisma proguard
	rbs ron soong sparql sql toml yaml yang`,
	"avro idl", "cabal config", "cloud firestore security rules", "debian package control file", "go module",
	"go workspace", "gradle kotlin dsl", "graphviz (dot)", "java properties", "openapi specification v2",
	"openapi specification v3", "pip requirements", "protocol buffer", "protocol buffer text format", "ros interface",
	"rpm spec", "selinux policy", "ssh config", "webassembly interface type")

// set makes a set of the words of a text, and of whole phrases.
func set(words string, phrases ...string) map[string]bool {
	out := map[string]bool{}
	for _, w := range append(strings.Fields(words), phrases...) {
		out[w] = true
	}
	return out
}

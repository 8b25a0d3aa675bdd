/// Reads and parses the files of a configuration. One that fails leaves its problem, and the others go on.
struct FileLayers {
    let keys: [KeyInfo]
    let known: [LoadedFile]
    let read: (String) -> FileContents

    func load(_ source: FileSource, _ reading: inout Reading) -> (file: LoadedFile, layer: Node?) {
        var file = LoadedFile(layer: source.layer, path: source.path)
        let outer = reading.path
        reading.path = []
        defer { reading.path = outer }
        guard let bytes = bytes(source, &file, &reading) else { return (file, nil) }
        file.bytes = bytes
        do throws(SyntaxError) {
            let node =
                if let node = known.first(where: { $0.path == file.path && $0.bytes == bytes })?.parsed {
                    node
                } else {
                    try FileLayers.parse(bytes, path: file.path)
                }
            file.parsed = node
            return (file, Document.layer(node, keys, &reading))
        } catch {
            reading.error(error.position, error.message)
            return (file, nil)
        }
    }

    /// YAML by its ending, else JSON5, of which JSON is a part.
    static func parse(_ bytes: [UInt8], path: String) throws(SyntaxError) -> Node {
        guard bytes.count <= Bounds.fileBytes else {
            throw SyntaxError(
                Position(source: path),
                "expected at most \(ByteSize(bytes: Bounds.fileBytes).spelling), found \(bytes.count) bytes")
        }
        let ending = path.lowercased()
        if ending.hasSuffix(".yaml") || ending.hasSuffix(".yml") { return try YAMLReader.read(bytes, source: path) }
        return try JSONReader.read(bytes, source: path, dialect: .json5)
    }

    /// The bytes of the file, or of its `.yaml` or `.yml` neighbour where a file that nobody named is not there.
    private func bytes(_ source: FileSource, _ file: inout LoadedFile, _ reading: inout Reading) -> [UInt8]? {
        let stem = source.path.hasSuffix(".json") ? String(source.path.dropLast(5)) : nil
        let others = source.isRequired ? [] : stem.map { ["\($0).yaml", "\($0).yml"] } ?? []
        for path in [source.path] + others {
            switch read(path) {
            case .bytes(let bytes):
                file.path = path
                return bytes
            case .unreadable(let why):
                file.path = path
                reading.error(Position(source: path), "cannot be read: \(why)")
                return nil
            case .missing:
                continue
            }
        }
        if source.isRequired {
            reading.error(Position(source: source.path), "no such file; it was given with --config-file")
        }
        return nil
    }
}

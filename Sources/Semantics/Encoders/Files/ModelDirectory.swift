import Glibc

/// The directory of a model, and its small files read whole.
struct ModelDirectory: Sendable {
    let directory: String

    init(_ directory: String) {
        var text = directory[...]
        while text.count > 1, text.hasSuffix("/") { text = text.dropLast() }
        self.directory = String(text)
    }

    /// Bytes that a text file may have: the largest WordPiece vocabularies are below 16 MB.
    static let largestText = 32 << 20

    var lastPart: String { directory.split(separator: "/").last.map(String.init) ?? directory }

    func path(of name: String) -> String { "\(directory)/\(name)" }

    /// A directory in this one, by a path that a file of the model gives and that therefore must stay inside.
    func below(_ path: String) throws(EncoderFault) -> ModelDirectory {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(".."), !path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw EncoderFault(
                self.path(of: "modules.json"), "expected paths inside the directory, found one outside; correct it")
        }
        return path.isEmpty ? self : ModelDirectory(self.path(of: path))
    }

    func has(_ name: String) -> Bool { access(path(of: name), F_OK) == 0 }

    /// The path of the weights.
    func weights() throws(EncoderFault) -> String {
        let name = "model.safetensors"
        let others = ["pytorch_model.bin", "model.safetensors.index.json", "onnx/model.onnx", "model.onnx"]
        if !has(name), let other = others.first(where: has) {
            throw EncoderFault(
                path(of: name), "expected the weights in this one file, found \(other); save the model as safetensors")
        }
        return path(of: name)
    }

    /// A JSON file that must be there.
    func json(_ name: String) throws(EncoderFault) -> JSONTree {
        try JSONTree.read(try bytes(name), place: path(of: name))
    }

    /// A JSON file that a model may lack.
    func jsonIfPresent(_ name: String) throws(EncoderFault) -> JSONTree? {
        has(name) ? try json(name) : nil
    }

    func bytes(_ name: String) throws(EncoderFault) -> [UInt8] {
        let file = try ModelFile(path(of: name))
        guard file.size <= Self.largestText else {
            throw EncoderFault(
                file.path, "expected at most 32 MiB, found \(file.size) bytes; give the directory of a model")
        }
        return try file.bytes(0..<file.size)
    }
}

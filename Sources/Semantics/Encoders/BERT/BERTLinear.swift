/// Weights and bias of one product: `outputs` rows of `inputs` weights, as the file has them.
struct BERTLinear: Sendable {
    let inputs: Int
    let outputs: Int
    let weights: FloatBlock
    let bias: FloatBlock

    /// From one part of the file, or several that follow one another in the product's result (query, key and value).
    init(_ names: [String], inputs: Int, outputs: Int, in file: BERTTensors) throws(EncoderFault) {
        self.inputs = inputs
        self.outputs = outputs * names.count
        // Shapes first, then memory: sizes that no tensor has allocate nothing.
        for name in names { _ = try file.tensor("\(name).weight", [outputs, inputs]) }
        weights = FloatBlock(count: inputs * self.outputs)
        bias = FloatBlock(count: self.outputs)
        for (index, name) in names.enumerated() {
            try file.read("\(name).weight", [outputs, inputs], into: weights, at: index * outputs * inputs)
            try file.read("\(name).bias", [outputs], into: bias, at: index * outputs)
        }
    }
}

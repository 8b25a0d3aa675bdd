import Glibc
import Synchronization

/// Products of matrices by the library OpenBLAS, loaded when the first encoder is opened: a proxy without encoders has
/// neither the package nor the memory. One thread computes a product, that of the caller.
final class OpenBLAS: Sendable {
    typealias Product =
        @Sendable @convention(c) (
            _ order: Int32, _ transposesLeft: Int32, _ transposesRight: Int32, _ rows: Int32, _ columns: Int32,
            _ depth: Int32, _ scale: Float, _ left: UnsafePointer<Float>, _ leftStride: Int32,
            _ right: UnsafePointer<Float>, _ rightStride: Int32, _ keeps: Float,
            _ result: UnsafeMutablePointer<Float>, _ resultStride: Int32
        ) -> Void
    typealias SetThreads = @Sendable @convention(c) (Int32) -> Void

    private let product: Product
    private let setThreads: SetThreads

    private init(product: @escaping Product, setThreads: @escaping SetThreads) {
        self.product = product
        self.setThreads = setThreads
    }

    /// The library; a failure is tried again at the next call, since the package may have come meanwhile.
    static func loaded() throws(EncoderFault) -> OpenBLAS {
        try loading.withLock { library throws(EncoderFault) in
            if let library { return library }
            let fresh = try load("libopenblas.so.0")
            library = fresh
            return fresh
        }
    }

    private static let loading = Mutex<OpenBLAS?>(nil)

    static func load(_ file: String) throws(EncoderFault) -> OpenBLAS {
        // Or it starts a thread for each core while it is loaded, which then wait for ever. What is set already stays.
        setenv("OPENBLAS_NUM_THREADS", "1", 0)
        let library = dlopen(file, RTLD_NOW | RTLD_LOCAL)
        guard let library else {
            let reason = dlerror().map { String(cString: $0) } ?? "it cannot be loaded"
            throw EncoderFault(
                file,
                "expected the library OpenBLAS, with which encoders compute, found: \(reason); "
                    + "install it (Debian, Ubuntu: apt install libopenblas0), or use a tier of type endpoint")
        }
        guard let product = dlsym(library, "cblas_sgemm"), let threads = dlsym(library, "openblas_set_num_threads")
        else {
            throw EncoderFault(
                file,
                "expected cblas_sgemm and openblas_set_num_threads in it, found another library; "
                    + "install OpenBLAS (Debian, Ubuntu: apt install libopenblas0)")
        }
        let result = OpenBLAS(
            product: unsafeBitCast(product, to: Product.self), setThreads: unsafeBitCast(threads, to: SetThreads.self))
        result.useThisThreadOnly()
        return result
    }

    /// Builds of the library with OpenMP keep the number of threads for each calling thread; so each says it anew.
    func useThisThreadOnly() { setThreads(1) }

    /// `result += scale * left * right`, or `=` where it does not `keep` what was there. Rows follow one another at a
    /// matrix's stride; `right` is given by its columns where it is `isTransposed`, as a model's files have the weights.
    @inline(__always)
    func multiply(
        rows: Int, columns: Int, depth: Int, scale: Float = 1, _ left: FloatMatrix, _ right: FloatMatrix,
        isTransposed: Bool, keeps: Bool, into result: FloatMatrix
    ) {
        let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)
        product(
            rowMajor, plain, isTransposed ? transposed : plain, Int32(rows), Int32(columns), Int32(depth), scale,
            left.numbers, Int32(left.stride), right.numbers, Int32(right.stride), keeps ? 1 : 0, result.numbers,
            Int32(result.stride))
    }
}

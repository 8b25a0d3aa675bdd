"""A relay from cleartext to TLS: what a client that knows no TLS says goes to a TLS listener byte by byte, and back.

An end goes on as what it is: a client's FIN as close_notify, with answers read on; the server's close_notify as FIN. What
must not happen is counted: `failed` handshakes, and `cut` connections, which the server ended without close_notify.
"""
import select
import socket
import ssl
import threading


class TLSRelay:
    def __init__(self, port, ca, name="localhost", protocols=("http/1.1",), seconds=60):
        self.target, self.name, self.seconds = port, name, seconds
        self.context = ssl.create_default_context(cafile=str(ca))
        self.context.set_alpn_protocols(list(protocols))
        self.failed, self.cut, self.count = [], [], 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        # wakes the thread that waits in accept
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with self.lock:
            self.count += 1
            number = self.count
        try:
            server = socket.create_connection(("127.0.0.1", self.target), 5)
        except OSError as error:
            self.failed.append((number, error))
            client.close()
            return
        with client, server:
            Passage(self, number, client, server).run()


class Passage:
    """One connection's two directions, in one thread; each has an end of its own."""

    def __init__(self, relay, number, client, server):
        self.relay, self.number, self.client, self.server = relay, number, client, server
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = relay.context.wrap_bio(self.incoming, self.outgoing, server_hostname=relay.name)
        self.client_ended = self.server_ended = False

    def run(self):
        try:
            self._shake_hands()
        except (OSError, ssl.SSLError) as error:
            self.relay.failed.append((self.number, error))
            return self._break()
        try:
            while not self.server_ended:
                self._turn()
        except (OSError, ssl.SSLError):
            # a reset, by the client or by the server that has told of it
            self._break()

    def _flush(self):
        if self.outgoing.pending:
            self.server.sendall(self.outgoing.read())

    def _fill(self):
        """Bytes from the server; False at the end of its stream."""
        data = self.server.recv(65536)
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()
        return bool(data)

    def _shake_hands(self):
        while True:
            try:
                self.tls.do_handshake()
                return self._flush()
            except ssl.SSLWantReadError:
                self._flush()
                if not self._fill():
                    raise ssl.SSLError("ended in the handshake") from None

    def _turn(self):
        sources = [self.server] + ([] if self.client_ended else [self.client])
        ready, _, _ = select.select(sources, [], [], self.relay.seconds)
        if not ready:
            raise OSError("silent")
        if self.client in ready:
            self._up()
        if self.server in ready:
            self._down()

    def _up(self):
        data = self.client.recv(65536)
        if data:
            self.tls.write(data)
        else:
            self.client_ended = True
            try:
                self.tls.unwrap()
            except (ssl.SSLWantReadError, ssl.SSLError):
                # close_notify is on its way; answers are read as before
                pass
        try:
            self._flush()
        except OSError:
            # it takes no more; what it said before it did so is still to be read
            if not self.client_ended:
                self.client_ended = True

    def _down(self):
        try:
            self._fill()
        except ConnectionResetError:
            self.incoming.write_eof()
        while True:
            try:
                data = self.tls.read(65536)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:
                # an end without close_notify, or an alert
                with self.relay.lock:
                    self.relay.cut.append((self.number, error))
                raise
            if not data:
                self.server_ended = True
                self.client.shutdown(socket.SHUT_WR)
                return
            self.client.sendall(data)
        self._flush()

    def _break(self):
        """An end that is no orderly one stays so."""
        try:
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        except OSError:
            pass

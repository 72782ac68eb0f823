<?php
/**
 * Plugin Name: fusebox agent
 * Description: Tells fusebox how this site's connection to Salesforce stands. Looks; spends and writes only where it is let.
 * Version: 2
 *
 * One file, two ways in: as code that `wp eval-file -` reads, with `$fusebox_request` put in front, and as a plugin in
 * wp-content/mu-plugins/ that serves /fusebox/v1/VERB. The contract is docs/agent.md. PHP 7.0 and later, WordPress 5.6 and
 * later (Application Passwords). Anonymous classes, so that both ways may be in use at once, in different versions. The
 * files in agent/ follow this one in the one that runs: `fusebox agent` prints it.
 */

defined( 'ABSPATH' ) || exit;

$fusebox_agent = new class() {
	const CONTRACT = 1;
	const VERSION  = '2';
	const SPACE    = 'fusebox/v1';
	const MAX_ANSWER = 1048576;
	/** Of each verb the object and its method, and whether it spends or writes. */
	const VERBS = array(
		'status'            => array( 'looks', 'status', false ),
		'log'               => array( 'looks', 'log', false ),
		'mapping'           => array( 'looks', 'mapping', false ),
		'prove'             => array( 'looks', 'prove', false ),
		'describe'          => array( 'looks', 'describe', false ),
		'authorization-url' => array( 'looks', 'authorization_url', false ),
		'choices'           => array( 'lists', 'choices', false ),
		'lists'             => array( 'lists', 'lists', false ),
		'refresh-token'     => array( 'looks', 'refresh_token', true ),
		'refresh-fields'    => array( 'refresh', 'refresh_fields', true ),
		'set-object-type'   => array( 'changes', 'set_object_type', true ),
		'set-segment-type'  => array( 'changes', 'set_segment_type', true ),
		'configure'         => array( 'changes', 'configure', true ),
		'restore'           => array( 'changes', 'restore', true ),
		'complete-authorization' => array( 'exchange', 'complete_authorization', true ),
	);

	/** The other files' objects: WP Fusion as it is, what may leave and be saved, the verbs. */
	public $site;
	public $gate;
	public $looks;
	public $lists;
	public $refresh;
	public $changes;
	public $exchange;
	/** The request under way, validated. */
	public $request = null;
	/** microtime after which nothing more leaves. */
	public $ends = 0.0;
	/** Whether an answer went out, so that the shutdown handler knows when one is owed. */
	private $answered = true;
	/** Freed in the shutdown handler: after "memory exhausted" there is none left to answer with. */
	private $reserve = '';

	// ---- The ways in -----------------------------------------------------------------------------------------------

	/** WP-CLI: `$encoded` is the request as base64 of JSON; the answer goes to standard output. */
	public function cli( $encoded ) {
		$this->emit( $this->answer( $this->decode( base64_decode( $encoded, true ) ) )[0] );
	}

	/** Must-use plugin: registers the routes. */
	public function plugin() {
		add_action( 'rest_api_init', array( $this, 'routes' ) );
		add_filter( 'rest_pre_serve_request', array( $this, 'serve_framed' ), PHP_INT_MAX, 4 );
	}

	public function routes() {
		$common = array(
			'callback'            => array( $this, 'rest' ),
			'permission_callback' => array( $this, 'permitted' ),
			'show_in_index'       => false,
		);
		register_rest_route( self::SPACE, '/(?P<verb>status|log)', array( 'methods' => 'GET' ) + $common );
		register_rest_route( self::SPACE, '/(?P<verb>[a-z-]+)', array( 'methods' => 'POST' ) + $common );
	}

	/** Who may: over TLS or from this very machine, with the capability, and not by being an administrator. */
	public function permitted( $rest_request ) {
		if ( ! is_ssl() && ! $this->from_loopback() ) {
			return new WP_Error( 'fusebox_https_required', 'Ask over https: the answer is not for everybody on the way.', array( 'status' => 403 ) );
		}
		if ( ! is_user_logged_in() ) {
			return new WP_Error( 'fusebox_not_logged_in', 'No user, or a wrong Application Password; or the server drops the Authorization header.', array( 'status' => 401 ) );
		}
		$known      = self::VERBS;
		$verb       = (string) $rest_request['verb'];
		$spends     = isset( $known[ $verb ] ) && $known[ $verb ][2];
		$capability = $spends ? 'fusebox_write' : 'fusebox_read';
		if ( ! current_user_can( $capability ) ) {
			return new WP_Error( 'fusebox_denied', "The user lacks the capability $capability.", array( 'status' => 403 ) );
		}
		$let = ! $spends || ( defined( 'FUSEBOX_ALLOW_WRITE' ) && FUSEBOX_ALLOW_WRITE );
		return $let ? true : new WP_Error( 'fusebox_denied', 'This site lets fusebox look alone: wp-config.php does not define FUSEBOX_ALLOW_WRITE.', array( 'status' => 403 ) );
	}

	/** A proxy on the same machine makes every caller look local; what it forwards for somebody is not. */
	private function from_loopback() {
		foreach ( array( 'HTTP_X_FORWARDED_FOR', 'HTTP_X_REAL_IP', 'HTTP_FORWARDED', 'HTTP_X_FORWARDED_PROTO' ) as $header ) {
			if ( ! empty( $_SERVER[ $header ] ) ) {
				return false;
			}
		}
		$address = isset( $_SERVER['REMOTE_ADDR'] ) ? $_SERVER['REMOTE_ADDR'] : '';
		return '::1' === $address || 0 === strpos( $address, '127.' );
	}

	public function rest( $rest_request ) {
		$request = $this->decode( $this->rest_text( $rest_request ) );
		if ( isset( $request['verb'] ) && $rest_request['verb'] !== $request['verb'] ) {
			$request = null;
		}
		list( $answer, $status ) = $this->answer( $request );
		return new WP_REST_Response( $answer, $status );
	}

	/** GET carries the request in a header, base64: access logs keep addresses, and some servers drop a GET's body. */
	private function rest_text( $rest_request ) {
		if ( 'GET' === $rest_request->get_method() ) {
			return base64_decode( (string) $rest_request->get_header( 'x_fusebox_request' ), true );
		}
		return $rest_request->get_body();
	}

	/** Writes our routes' answers between markers, refusals by WordPress itself included. */
	public function serve_framed( $served, $result, $rest_request, $server ) {
		if ( $served || 0 !== strpos( $rest_request->get_route(), '/' . self::SPACE . '/' ) ) {
			return $served;
		}
		$answer = $result->get_data();
		if ( ! isset( $answer['fusebox'] ) ) {
			$request = $this->decode( $this->rest_text( $rest_request ) );
			if ( null === $request ) {
				return $served;
			}
			$this->request = $request;
			$message       = isset( $answer['message'] ) ? $answer['message'] : '';
			$answer        = $this->envelope( $this->fail( $this->code_of( $answer, $result->get_status() ), $message ) );
		}
		$server->send_header( 'Content-Type', 'text/plain; charset=utf-8' );
		$server->send_header( 'Cache-Control', 'no-store' );
		echo $this->frame( $answer );
		$this->answered = true;
		return true;
	}

	private function code_of( $error, $status ) {
		if ( isset( $error['code'] ) && is_string( $error['code'] ) && 0 === strpos( $error['code'], 'fusebox_' ) ) {
			return substr( $error['code'], 8 );
		}
		$codes = array( 400 => 'bad_request', 401 => 'not_logged_in', 403 => 'denied', 404 => 'unknown_verb' );
		return isset( $codes[ $status ] ) ? $codes[ $status ] : 'internal';
	}

	// ---- Request and answer ----------------------------------------------------------------------------------------

	/** The request, or null when it has no readable nonce: then nobody could find an answer to it. */
	private function decode( $json ) {
		$request = is_string( $json ) ? json_decode( $json, true ) : null;
		if ( ! is_array( $request ) || ! isset( $request['nonce'] ) || ! is_string( $request['nonce'] ) ) {
			return null;
		}
		return preg_match( '/^[0-9a-f]{32}$/D', $request['nonce'] ) ? $request : null;
	}

	/** What is wrong with the form of a request; empty when nothing is. */
	private function fault( $request ) {
		if ( ! isset( $request['fusebox'] ) || self::CONTRACT !== $request['fusebox'] ) {
			return 'This agent speaks version ' . self::CONTRACT . ' of the contract.';
		}
		if ( ! isset( $request['verb'] ) || ! is_string( $request['verb'] ) ) {
			return 'verb is missing.';
		}
		if ( ! isset( $request['arguments'] ) || ! is_array( $request['arguments'] ) ) {
			return 'arguments must be an object.';
		}
		if ( ! isset( $request['key'] ) || ! is_string( $request['key'] ) || ! preg_match( '/^[0-9a-f]{64}$/D', $request['key'] ) ) {
			return 'key must be 64 hexadecimal digits.';
		}
		if ( ! $this->within( $request, 'max_requests', 0, 20 ) || ! $this->within( $request, 'deadline_s', 1, 300 ) ) {
			return 'max_requests must lie in 0 to 20, deadline_s in 1 to 300.';
		}
		return '';
	}

	public function within( $values, $name, $low, $high ) {
		return isset( $values[ $name ] ) && is_int( $values[ $name ] ) && $low <= $values[ $name ] && $values[ $name ] <= $high;
	}

	/** The answer as an array, and its HTTP status. Whatever the verb prints is dropped. */
	private function answer( $request ) {
		$this->request  = null === $request ? array() : $request;
		$this->answered = false;
		$this->reserve  = str_repeat( ' ', 262144 );
		register_shutdown_function( array( $this, 'shutdown' ) );
		ob_start();
		$level = ob_get_level();
		try {
			$outcome = $this->run();
		} catch ( Throwable $thrown ) {
			$outcome = $this->fail( 'internal', $thrown->getMessage() );
		}
		while ( ob_get_level() >= $level && ob_end_clean() ) {
			continue;
		}
		return array( $this->envelope( $outcome ), $this->status_of( $outcome ) );
	}

	private function run() {
		if ( array() === $this->request ) {
			return $this->fail( 'bad_request', 'No request of the contract\'s form came.' );
		}
		$fault = $this->fault( $this->request );
		if ( '' !== $fault ) {
			return $this->fail( 'bad_request', $fault );
		}
		// The time that WordPress and its plugins took to load counts: whoever asks has waited through it.
		$began      = isset( $_SERVER['REQUEST_TIME_FLOAT'] ) ? (float) $_SERVER['REQUEST_TIME_FLOAT'] : microtime( true );
		$this->ends = $began + $this->request['deadline_s'];
		if ( function_exists( 'set_time_limit' ) ) {
			@set_time_limit( $this->request['deadline_s'] + 5 );
		}
		$known = self::VERBS;
		if ( isset( $known[ $this->request['verb'] ] ) ) {
			list( $part, $method ) = $known[ $this->request['verb'] ];
			return $this->$part->$method();
		}
		return $this->fail( 'unknown_verb', 'This agent does not know the verb.' );
	}

	public function good( $result ) {
		return array( 'ok' => true, 'result' => $result );
	}

	public function fail( $code, $message ) {
		return array( 'ok' => false, 'error' => array( 'code' => $code, 'message' => $this->site->text( $message ) ) );
	}

	private function status_of( $outcome ) {
		if ( $outcome['ok'] ) {
			return 200;
		}
		$statuses = array( 'bad_request' => 400, 'unknown_verb' => 404, 'internal' => 500 );
		$code     = $outcome['error']['code'];
		return isset( $statuses[ $code ] ) ? $statuses[ $code ] : 409;
	}

	private function envelope( $outcome ) {
		return array(
			'fusebox'       => self::CONTRACT,
			'nonce'         => isset( $this->request['nonce'] ) ? $this->request['nonce'] : str_repeat( '0', 32 ),
			'verb'          => isset( $this->request['verb'] ) && is_string( $this->request['verb'] ) ? $this->request['verb'] : '',
			'agent_version' => self::VERSION,
			'at'            => gmdate( 'Y-m-d\TH:i:s\Z' ),
			'requests'      => $this->gate->requests,
		) + $outcome;
	}

	private function frame( $answer ) {
		$flags = JSON_UNESCAPED_SLASHES | ( defined( 'JSON_INVALID_UTF8_SUBSTITUTE' ) ? JSON_INVALID_UTF8_SUBSTITUTE : JSON_PARTIAL_OUTPUT_ON_ERROR );
		$json  = json_encode( $answer, $flags );
		if ( false === $json || strlen( $json ) > self::MAX_ANSWER ) {
			$why  = false === $json ? json_last_error_msg() : 'The answer is longer than 1 MiB.';
			$json = json_encode( $this->envelope( $this->fail( 'internal', $why ) ), $flags );
		}
		return "\n--fusebox {$answer['nonce']} begin--\n$json\n--fusebox {$answer['nonce']} end--\n";
	}

	/** Past every output buffer where there is a standard output: a plugin's buffer may rewrite or drop what it holds. */
	private function emit( $answer ) {
		$this->answered = true;
		$this->reserve  = '';
		if ( defined( 'STDOUT' ) && is_resource( STDOUT ) ) {
			fwrite( STDOUT, $this->frame( $answer ) );
		} else {
			echo $this->frame( $answer );
		}
	}

	/** An answer is owed: PHP ended in a fatal error, or somebody called exit. */
	public function shutdown() {
		$this->reserve = '';
		if ( $this->answered ) {
			return;
		}
		$last    = error_get_last();
		$fatal   = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;
		$message = $last && ( $last['type'] & $fatal ) ? $last['message'] : 'The site ended the call before its answer.';
		while ( ob_get_level() > 0 && @ob_end_clean() ) {
			continue;
		}
		if ( ! headers_sent() ) {
			http_response_code( 500 );
		}
		$this->emit( $this->envelope( $this->fail( 'internal', $message ) ) );
	}
};

<?php
/**
 * Plugin Name: fusebox agent
 * Description: Tells fusebox how this site's connection to Salesforce stands. Looks; spends a refresh only where it is let.
 * Version: 1
 *
 * One file, two ways in: as code that `wp eval-file -` reads, with `$fusebox_request` put in front, and as a plugin in
 * wp-content/mu-plugins/ that serves /fusebox/v1/VERB. The contract is docs/agent.md. PHP 7.0 and later, WordPress 5.6 and
 * later (Application Passwords). An anonymous class, so that both ways may be in use at once, in different versions.
 */

defined( 'ABSPATH' ) || exit;

$fusebox_agent = new class() {
	const CONTRACT = 1;
	const VERSION  = '1';
	const SPACE    = 'fusebox/v1';
	const MAX_ANSWER = 1048576;
	const MAX_ROWS   = 50;
	const MAX_TEXT   = 1000;

	/** The request under way, validated. */
	private $request = null;
	/** Whether an answer went out, so that the shutdown handler knows when one is owed. */
	private $answered = true;
	/** HTTP requests let through, and those withheld, and whether a limit was met. */
	private $requests = 0;
	private $withheld = 0;
	private $limit    = '';
	/** microtime after which nothing more leaves. */
	private $ends = 0.0;
	/** What the first of the two filters decided on the request that passes them. */
	private $verdict = null;
	/** Whether the request spends: then a token request is the one thing that leaves. */
	private $spends = false;
	/** Status and body of the last HTTP answer, before the plugin makes something of it. */
	private $seen = null;
	/** The plugin's class for Salesforce. */
	private $crm = null;
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
		$spends     = 'refresh-token' === $rest_request['verb'];
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

	private function within( $values, $name, $low, $high ) {
		return isset( $values[ $name ] ) && is_int( $values[ $name ] ) && $low <= $values[ $name ] && $values[ $name ] <= $high;
	}

	/** The answer as an array, and its HTTP status. Whatever the verb prints is dropped. */
	private function answer( $request ) {
		$this->request  = null === $request ? array() : $request;
		$this->requests = 0;
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
		switch ( $this->request['verb'] ) {
			case 'status':
				return $this->good( $this->status() );
			case 'log':
				return $this->log();
			case 'mapping':
				return $this->mapping();
			case 'prove':
				return $this->prove();
			case 'describe':
				return $this->describe();
			case 'authorization-url':
				return $this->authorization_url();
			case 'refresh-token':
				return $this->refresh_token();
		}
		return $this->fail( 'unknown_verb', 'This agent does not know the verb.' );
	}

	private function good( $result ) {
		return array( 'ok' => true, 'result' => $result );
	}

	private function fail( $code, $message ) {
		return array( 'ok' => false, 'error' => array( 'code' => $code, 'message' => $this->text( $message ) ) );
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
			'requests'      => $this->requests,
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

	// ---- Verbs -----------------------------------------------------------------------------------------------------

	/** From options and files alone: right on a site whose plugins were not loaded, too. */
	private function status() {
		$options = $this->options();
		$crm     = $this->setting( $options, 'crm', null );
		$ours    = 'salesforce' === $crm;
		$mapped  = isset( $options['contact_fields'] ) ? count( $this->mapped( $options, true ) ) : 0;
		return array(
			'home_url'              => (string) home_url(),
			'blog_id'               => (int) get_current_blog_id(),
			'title'                 => wp_specialchars_decode( (string) get_option( 'blogname' ), ENT_QUOTES ),
			'wp_version'            => (string) $GLOBALS['wp_version'],
			'php_version'           => PHP_VERSION,
			'plugin'                => $this->plugin_state(),
			'crm'                   => $crm,
			'connection_configured' => ! empty( $options['connection_configured'] ),
			'connection'            => $this->connection( $options ),
			'object_type'           => $ours ? $this->object_type( $options ) : null,
			'segment_type'          => $ours ? $this->setting( $options, 'sf_tag_type', 'Topics' ) : null,
			'tags'                  => $ours ? $this->stored_count( 'wpf_available_tags', false ) : null,
			'fields'                => $ours ? $this->stored_count( 'wpf_crm_fields', true ) : null,
			'mapped_fields'         => $ours ? $mapped : null,
			'staging'               => $this->staging( $options ),
			'cron'                  => $this->cron(),
		);
	}

	private function log() {
		global $wpdb;
		$arguments = $this->request['arguments'];
		if ( isset( $arguments['limit'] ) && ! $this->within( $arguments, 'limit', 1, self::MAX_ROWS ) ) {
			return $this->fail( 'bad_request', 'limit must lie in 1 to ' . self::MAX_ROWS . '.' );
		}
		$limit   = isset( $arguments['limit'] ) ? $arguments['limit'] : 20;
		$options = $this->options();
		$table   = $wpdb->prefix . 'wpf_logging';
		$there   = $table === $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $table ) ) );
		$rows    = array();
		if ( $there ) {
			// The part after <hr> and the column `context` hold the refresh token and the client secret in clear text: they
			// are not even read.
			$sql   = "SELECT log_id, timestamp, level, source, LEFT(SUBSTRING_INDEX(message, '<hr>', 1), 4000) AS message FROM `$table` WHERE level >= 400 ORDER BY log_id DESC LIMIT %d";
			$found = $wpdb->get_results( $wpdb->prepare( $sql, $limit ), ARRAY_A );
			$rows  = array_values( array_filter( array_map( array( $this, 'log_row' ), (array) $found ) ) );
		}
		return $this->good( array( 'enabled' => $there && ! empty( $options['enable_logging'] ), 'rows' => $rows ) );
	}

	private function log_row( $row ) {
		if ( ! preg_match( '/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/', (string) $row['timestamp'], $time ) ) {
			return null;
		}
		return array(
			'id'      => (int) $row['log_id'],
			'at'      => $time[1] . 'T' . $time[2] . 'Z',
			'level'   => (int) $row['level'],
			'source'  => $this->text( $this->source( (string) $row['source'] ) ),
			'message' => $this->text( preg_replace( '/<hr\b.*/is', '', (string) $row['message'] ) ),
		);
	}

	/** A plain word, or a serialized list of words; never an object brought to life. */
	private function source( $stored ) {
		if ( 0 !== strpos( $stored, 'a:' ) ) {
			return $stored;
		}
		$words = @unserialize( $stored, array( 'allowed_classes' => false ) );
		return is_array( $words ) ? implode( ', ', array_filter( $words, 'is_string' ) ) : '';
	}

	private function mapping() {
		$refusal = $this->refusal( false );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$options = $this->options();
		return $this->good(
			array(
				'mapped'      => $this->mapped( $options, false ),
				'required'    => $this->words( $options, 'required_fields' ),
				'read_only'   => $this->words( $options, 'read_only_fields' ),
				'contact_ids' => (object) $this->contact_ids(),
			)
		);
	}

	private function mapped( $options, $active_only ) {
		$mapped = array();
		$fields = isset( $options['contact_fields'] ) && is_array( $options['contact_fields'] ) ? $options['contact_fields'] : array();
		foreach ( $fields as $name => $field ) {
			$target = isset( $field['crm_field'] ) && is_string( $field['crm_field'] ) ? $field['crm_field'] : '';
			$active = ! empty( $field['active'] );
			if ( '' !== $target && ( $active || ! $active_only ) ) {
				$mapped[] = array( 'field' => (string) $name, 'crm_field' => $target, 'active' => $active );
			}
		}
		return $mapped;
	}

	private function words( $options, $name ) {
		$words = isset( $options[ $name ] ) && is_array( $options[ $name ] ) ? $options[ $name ] : array();
		return array_values( array_filter( $words, 'is_string' ) );
	}

	/** How many users hold a contact id of which kind: 003 a contact, 00Q a lead. No id itself. */
	private function contact_ids() {
		global $wpdb;
		$key   = defined( 'WPF_CONTACT_ID_META_KEY' ) ? WPF_CONTACT_ID_META_KEY : 'salesforce_contact_id';
		$sql   = "SELECT LEFT(meta_value, 3) AS prefix, COUNT(*) AS count FROM {$wpdb->usermeta} WHERE meta_key = %s AND meta_value <> '' GROUP BY LEFT(meta_value, 3) ORDER BY count DESC LIMIT 20";
		$found = array();
		foreach ( (array) $wpdb->get_results( $wpdb->prepare( $sql, $key ), ARRAY_A ) as $row ) {
			$prefix           = preg_match( '/^[A-Za-z0-9]{3}$/D', $row['prefix'] ) ? $row['prefix'] : 'other';
			$before           = isset( $found[ $prefix ] ) ? $found[ $prefix ] : 0;
			$found[ $prefix ] = $before + (int) $row['count'];
		}
		return $found;
	}

	/** One call with the session that is there. "true" of the plugin is not enough: it takes any page for a success. */
	private function prove() {
		$refusal = $this->refusal( true );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$this->withhold();
		$result = $this->crm->connect( null, null, true );
		return $this->good( $this->proof( $result ) );
	}

	private function proof( $result ) {
		$text = is_wp_error( $result ) ? $result->get_error_message() : '';
		if ( $this->withheld > 0 ) {
			return $this->outcome( 'withheld', '' === $text ? 'The session had expired; refresh withheld' : $text );
		}
		if ( '' !== $this->limit ) {
			return $this->outcome( 'failed', $this->limit );
		}
		$code = null === $this->seen ? 0 : $this->seen['code'];
		$body = null === $this->seen ? null : json_decode( $this->seen['body'], true );
		$shut = 401 === $code || 403 === $code;
		if ( $shut && isset( $body[0]['errorCode'] ) ) {
			return $this->outcome( 'refused', '' === $text ? "Salesforce answered $code, which the plugin took for a success." : $text );
		}
		// A 401 or 403 in another form is a proxy's or a hotel's, and no new authorization cures it.
		if ( ! $shut && is_wp_error( $result ) ) {
			return $this->outcome( 'failed', '' === $text ? (string) $result->get_error_code() : $text );
		}
		if ( 0 === $code ) {
			return $this->outcome( 'failed', 'The plugin made no call.' );
		}
		$bare = array() === $body && false !== strpos( $this->seen['body'], '{' );
		if ( $code < 200 || $code > 299 || ! is_array( $body ) || $bare ) {
			return $this->outcome( 'failed', "The instance's address answered $code with something that is not Salesforce's." );
		}
		return $this->outcome( 'good', '' );
	}

	private function outcome( $outcome, $text ) {
		return array( 'outcome' => $outcome, 'text' => $this->text( $text ) );
	}

	private function describe() {
		$object = isset( $this->request['arguments']['object'] ) ? $this->request['arguments']['object'] : null;
		if ( ! is_string( $object ) || ! preg_match( '/^[A-Za-z][A-Za-z0-9_]{0,79}$/D', $object ) ) {
			return $this->fail( 'bad_request', 'object must be the API name of an object.' );
		}
		$refusal = $this->refusal( true );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$this->withhold();
		// Without arguments it asks nobody: it loads the instance's address and the session into the object.
		$this->crm->connect();
		$version  = isset( $this->crm->api_version ) ? $this->crm->api_version : '55.0';
		$url      = rtrim( (string) $this->crm->instance_url, '/' ) . "/services/data/v$version/sobjects/$object/describe/";
		$response = wp_remote_get( $url, $this->crm->params );
		$proof    = $this->proof( $response );
		if ( 'good' !== $proof['outcome'] ) {
			return $this->fail( $proof['outcome'], $proof['text'] );
		}
		$body = json_decode( wp_remote_retrieve_body( $response ), true );
		if ( ! isset( $body['fields'] ) || ! is_array( $body['fields'] ) ) {
			return $this->fail( 'failed', 'The answer lists no fields.' );
		}
		return $this->good( array( 'object' => $object, 'fields' => array_values( array_map( array( $this, 'field' ), $body['fields'] ) ) ) );
	}

	private function field( $field ) {
		$is = function ( $name ) use ( $field ) {
			return ! empty( $field[ $name ] );
		};
		return array(
			'name'       => isset( $field['name'] ) ? (string) $field['name'] : '',
			'label'      => isset( $field['label'] ) ? (string) $field['label'] : '',
			'type'       => isset( $field['type'] ) ? (string) $field['type'] : '',
			'createable' => $is( 'createable' ),
			'updateable' => $is( 'updateable' ),
			'required'   => $is( 'createable' ) && ! $is( 'nillable' ) && ! $is( 'defaultedOnCreate' ),
		);
	}

	/** The link of the plugin's own class: the one that the proxy hands out has lost its percent signs. */
	private function authorization_url() {
		$plugin = $this->plugin_refusal();
		if ( null !== $plugin ) {
			return $plugin;
		}
		$class = $this->loaded_crm();
		if ( null === $class ) {
			// Before the first authorization no CRM is chosen, and the plugin makes no object of any.
			$file = defined( 'WPF_DIR_PATH' ) ? WPF_DIR_PATH . 'includes/crms/salesforce/class-salesforce.php' : '';
			if ( ! class_exists( 'WPF_Salesforce', false ) && is_readable( $file ) ) {
				require_once $file;
			}
			$class = class_exists( 'WPF_Salesforce', false ) ? new WPF_Salesforce() : null;
		}
		if ( ! is_object( $class ) || ! method_exists( $class, 'get_oauth_url' ) ) {
			return $this->fail( 'internal', 'This version of WP Fusion offers no link to authorize Salesforce.' );
		}
		return $this->good( array( 'url' => (string) $class->get_oauth_url() ) );
	}

	/** The class behind the proxy: the proxy answers false in staging mode. No stored token, no refresh: the old password flow. */
	private function refresh_token() {
		$refusal = $this->refusal( true );
		if ( null !== $refusal ) {
			return $refusal;
		}
		$before = $this->connection( $this->options() );
		if ( null === $before['refresh_fp'] || ! method_exists( $this->crm, 'refresh_token' ) ) {
			return $this->fail( 'not_authorized', 'There is no refresh token to spend here.' );
		}
		$this->spends = true;
		$this->withhold();
		$result = $this->crm->refresh_token();
		$after  = $this->connection( $this->options() );
		if ( $after['access_fp'] !== $before['access_fp'] && is_string( $result ) && $this->fingerprint( $result ) === $after['access_fp'] ) {
			return $this->good( array_intersect_key( $after, array( 'access_fp' => 0, 'refresh_fp' => 0 ) ) );
		}
		$told = null === $this->seen ? null : json_decode( $this->seen['body'], true );
		$text = is_wp_error( $result ) ? $result->get_error_message() : 'The plugin stored no new session.';
		return $this->fail( isset( $told['error'] ) ? 'refused' : 'failed', '' === $this->limit ? $text : $this->limit );
	}

	// ---- WP Fusion as it is stored ---------------------------------------------------------------------------------

	private function options() {
		$options = get_option( 'wpf_options', array() );
		return is_array( $options ) ? $options : array();
	}

	private function setting( $options, $name, $default ) {
		return isset( $options[ $name ] ) && is_string( $options[ $name ] ) && '' !== $options[ $name ] ? $options[ $name ] : $default;
	}

	/** An installed copy that is active wins; the full plugin before Lite, which steps aside for it. */
	private function plugin_state() {
		$active = array_merge( (array) get_option( 'active_plugins', array() ), array_keys( (array) get_site_option( 'active_sitewide_plugins', array() ) ) );
		$found  = array( 'state' => 'absent' );
		foreach ( array( 'wp-fusion' => 'full', 'wp-fusion-lite' => 'lite' ) as $name => $edition ) {
			$file = "$name/$name.php";
			foreach ( $active as $candidate ) {
				// Its directory may have been renamed, as unpacking by hand does.
				$file = is_string( $candidate ) && "$name.php" === basename( $candidate ) ? $candidate : $file;
			}
			if ( ! is_readable( WP_PLUGIN_DIR . '/' . $file ) ) {
				continue;
			}
			$data    = get_file_data( WP_PLUGIN_DIR . '/' . $file, array( 'version' => 'Version' ) );
			$version = (string) $data['version'];
			if ( in_array( $file, $active, true ) ) {
				return array( 'state' => 'active', 'edition' => $edition, 'version' => $version );
			}
			if ( 'absent' === $found['state'] ) {
				$found = array( 'state' => 'inactive', 'version' => $version );
			}
		}
		return $found;
	}

	private function connection( $options ) {
		$access  = $this->setting( $options, 'sf_access_token', '' );
		$refresh = $this->setting( $options, 'sf_refresh_token', '' );
		if ( '' === $access && '' === $refresh ) {
			return null;
		}
		preg_match( '#/id/(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)/(005[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)/?$#D', $this->setting( $options, 'sf_id', '' ), $id );
		return array(
			'org_id'       => isset( $id[1] ) ? $id[1] : null,
			'user_id'      => isset( $id[2] ) ? $id[2] : null,
			'instance_url' => $this->setting( $options, 'sf_instance_url', '' ),
			'access_fp'    => $this->fingerprint( $access ),
			'refresh_fp'   => $this->fingerprint( $refresh ),
		);
	}

	/** The first 128 bits of HMAC-SHA256: equal tokens look equal, and nothing leads back. */
	private function fingerprint( $token ) {
		return '' === $token ? null : substr( hash_hmac( 'sha256', $token, hex2bin( $this->request['key'] ) ), 0, 32 );
	}

	/** A filter may set another than the stored one; the loaded class knows. */
	private function object_type( $options ) {
		$crm = $this->loaded_crm();
		return isset( $crm->object_type ) && is_string( $crm->object_type ) ? $crm->object_type : $this->setting( $options, 'sf_object_type', 'Contact' );
	}

	private function stored_count( $option, $grouped ) {
		$stored = get_option( $option, null );
		if ( ! is_array( $stored ) ) {
			return null;
		}
		return $grouped ? array_sum( array_map( 'count', array_filter( $stored, 'is_array' ) ) ) : count( $stored );
	}

	/** As the plugin decides it: the constant, then host and path of the recorded address, then the setting. */
	private function staging( $options ) {
		// The plugin writes a mark into the recorded address, so that hosts' search-and-replace passes it by.
		$recorded  = str_replace( '_[wpf_siteurl]_', '', $this->setting( $options, 'site_url', '' ) );
		$duplicate = '' !== $recorded && $this->place( $recorded ) !== $this->place( get_site_url() );
		$constant  = defined( 'WPF_STAGING_MODE' ) ? WPF_STAGING_MODE : null;
		$effective = false !== $constant && ( true === $constant || $duplicate || ! empty( $options['staging_mode'] ) );
		return array( 'effective' => $effective, 'duplicate' => $duplicate, 'recorded_url' => '' === $recorded ? null : $recorded );
	}

	private function place( $url ) {
		return array( wp_parse_url( $url, PHP_URL_HOST ), wp_parse_url( $url, PHP_URL_PATH ) );
	}

	private function cron() {
		$crons  = get_option( 'cron', array() );
		$times  = is_array( $crons ) ? array_filter( array_keys( $crons ), 'is_int' ) : array();
		$oldest = array() === $times ? time() : min( $times );
		return array( 'disabled' => defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON, 'stalled' => $oldest < time() - 3600 );
	}

	// ---- WP Fusion as it is loaded ---------------------------------------------------------------------------------

	private function plugin_refusal() {
		$plugin = $this->plugin_state();
		if ( 'absent' === $plugin['state'] ) {
			return $this->fail( 'plugin_absent', 'WP Fusion is not installed.' );
		}
		if ( 'inactive' === $plugin['state'] ) {
			return $this->fail( 'plugin_inactive', "WP Fusion {$plugin['version']} is installed and not active." );
		}
		$crm = $this->setting( $this->options(), 'crm', null );
		return null === $crm || 'salesforce' === $crm ? null : $this->fail( 'other_crm', "WP Fusion is set to $crm." );
	}

	/** Why there is no connection to work with; null when there is one. With `$loaded`, its class is put into place. */
	private function refusal( $loaded ) {
		$plugin = $this->plugin_refusal();
		if ( null !== $plugin ) {
			return $plugin;
		}
		$options = $this->options();
		if ( null === $this->setting( $options, 'crm', null ) || null === $this->connection( $options ) ) {
			return $this->fail( 'not_authorized', 'Nobody has authorized WP Fusion for Salesforce yet.' );
		}
		$this->crm = $loaded ? $this->loaded_crm() : null;
		if ( $loaded && ( null === $this->crm || ! method_exists( $this->crm, 'connect' ) ) ) {
			return $this->fail( 'internal', 'WP Fusion is active, and its class for Salesforce was not loaded in this call.' );
		}
		return null;
	}

	/** `wp_fusion()->crm` is a proxy that stays silent in staging mode; the class behind it does what is asked. */
	private function loaded_crm() {
		if ( ! function_exists( 'wp_fusion' ) ) {
			return null;
		}
		$fusion = wp_fusion();
		return isset( $fusion->crm->crm ) && is_object( $fusion->crm->crm ) ? $fusion->crm->crm : null;
	}

	// ---- A call that cannot refresh, and that ends -------------------------------------------------------------------

	/**
	 * From here to the end of the process no token request leaves the site (or nothing else, where one is to be spent),
	 * nothing leaves beyond the limits, and no setting is saved but a spent token's successor.
	 */
	private function withhold() {
		add_filter( 'pre_http_request', array( $this, 'before_others' ), PHP_INT_MIN, 3 );
		add_filter( 'pre_http_request', array( $this, 'after_others' ), PHP_INT_MAX, 3 );
		add_filter( 'http_request_args', array( $this, 'in_time' ), PHP_INT_MAX );
		add_action( 'requests-requests.before_redirect', array( $this, 'follow' ), PHP_INT_MAX, 4 );
		add_filter( 'http_response', array( $this, 'see' ), PHP_INT_MIN );
		add_filter( 'pre_update_option', array( $this, 'unchanged' ), PHP_INT_MAX, 3 );
	}

	public function before_others( $answer, $args, $url ) {
		$this->verdict = $this->judge( $args, $url );
		if ( null === $this->verdict ) {
			++$this->requests;
			return $answer;
		}
		return $this->verdict;
	}

	/** Another plugin's filter may have turned a refusal back into leave. */
	public function after_others( $answer, $args, $url ) {
		if ( null === $this->verdict && ! $this->spends && $this->is_token_request( $args, $url ) ) {
			$this->verdict = $this->judge( $args, $url );
		}
		return null === $this->verdict ? $answer : $this->verdict;
	}

	private function judge( $args, $url ) {
		if ( $this->spends !== $this->is_token_request( $args, $url ) ) {
			++$this->withheld;
			return new WP_Error( 'fusebox_withheld', 'refresh withheld' );
		}
		if ( $this->requests >= $this->request['max_requests'] ) {
			$this->limit = 'More than ' . $this->request['max_requests'] . ' requests: stopped.';
			return new WP_Error( 'fusebox_limit', $this->limit );
		}
		if ( microtime( true ) >= $this->ends ) {
			$this->limit = 'Longer than ' . $this->request['deadline_s'] . ' s: stopped.';
			return new WP_Error( 'fusebox_limit', $this->limit );
		}
		return null;
	}

	/** By Salesforce's address, by the address that a filter of the site put in its place, and by what is sent. */
	private function is_token_request( $args, $url ) {
		if ( false !== strpos( $url, '/services/oauth2/' ) || false !== strpos( $url, 'grant_type=' ) ) {
			return true;
		}
		$auth_url = isset( $this->crm->auth_url ) ? (string) $this->crm->auth_url : '';
		if ( '' !== $auth_url && 0 === strpos( $url, $auth_url ) ) {
			return true;
		}
		$body = isset( $args['body'] ) ? $args['body'] : '';
		return is_array( $body ) ? isset( $body['grant_type'] ) : is_string( $body ) && false !== strpos( $body, 'grant_type' );
	}

	public function in_time( $args ) {
		$timeout         = isset( $args['timeout'] ) ? (float) $args['timeout'] : 5;
		$args['timeout'] = min( $timeout, $this->left() );
		return $args;
	}

	private function left() {
		return max( 1.0, $this->ends - microtime( true ) );
	}

	/** WordPress follows five redirects by itself, past the filters: they count, and share the time. */
	public function follow( $location, $headers, $data, &$options ) {
		++$this->requests;
		$options['timeout'] = min( $options['timeout'], $this->left() );
	}

	public function see( $response ) {
		$this->seen = array( 'code' => (int) wp_remote_retrieve_response_code( $response ), 'body' => wp_remote_retrieve_body( $response ) );
		return $response;
	}

	/** With the old password flow an empty token would be stored after a refused refresh; and the plugin saves all it loaded. */
	public function unchanged( $value, $option, $before ) {
		if ( $this->spends && 'wpf_options' === $option && is_array( $before ) && is_array( $value ) ) {
			return array_merge( $before, array_filter( array_intersect_key( $value, array( 'sf_access_token' => 0, 'sf_refresh_token' => 0 ) ) ) );
		}
		return 0 === strpos( $option, 'wpf_' ) ? $before : $value;
	}

	// ---- Text that leaves the site -----------------------------------------------------------------------------------

	/** One line without markup, tokens, secrets and e-mail addresses. */
	private function text( $text ) {
		$text = html_entity_decode( wp_strip_all_tags( (string) $text ), ENT_QUOTES, 'UTF-8' );
		$text = trim( preg_replace( '/\s+/', ' ', $this->mask( $text ) ) );
		return mb_strlen( $text, 'UTF-8' ) > self::MAX_TEXT ? mb_substr( $text, 0, self::MAX_TEXT, 'UTF-8' ) . '…' : $text;
	}

	private function mask( $text ) {
		$options = $this->options();
		foreach ( array( 'sf_access_token', 'sf_refresh_token', 'sf_combined_token', 'access_key', 'license_key' ) as $name ) {
			$secret = $this->setting( $options, $name, '' );
			if ( strlen( $secret ) >= 6 ) {
				$text = str_replace( $secret, '[secret]', $text );
			}
		}
		$patterns = array(
			'/\bBearer\s+[^\s"\'<>,;]+/i'                                         => 'Bearer [secret]',
			'/\b00D[A-Za-z0-9]{12,15}![^\s"\'<>,;]+/'                             => '[secret]',
			'/\b5Aep[A-Za-z0-9._-]+/'                                             => '[secret]',
			'/\b3MVG9[A-Za-z0-9._-]+/'                                            => '[secret]',
			'/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/'          => '[secret]',
			'/\b((?:client_secret|client_id|refresh_token|access_token|assertion|password|access_key)["\'\]]*\s*(?:=>|=|:)\s*["\']?)[^\s"\'&<>,;)]+/i' => '$1[secret]',
			'/\b[0-9A-Fa-f]{32,}\b/'                                              => '[secret]',
			'/[A-Za-z0-9+_!=-]{48,}/'                                             => '[secret]',
			'/[^\s@<>"\'(),;:]+@[^\s@<>"\'(),;:]+\.[A-Za-z]{2,}/'                 => '[e-mail]',
		);
		return preg_replace( array_keys( $patterns ), array_values( $patterns ), $text );
	}
};

if ( isset( $fusebox_request ) ) {
	$fusebox_agent->cli( $fusebox_request );
} else {
	$fusebox_agent->plugin();
}

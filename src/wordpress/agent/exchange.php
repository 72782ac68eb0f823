<?php
// Part of the agent, see ../agent.php: a code that a person has pasted becomes the site's connection, or nothing does.

$fusebox_agent->exchange = new class( $fusebox_agent ) {
	/** What the plugin stores after an authorization. */
	const STORED = array( 'sf_id', 'sf_access_token', 'sf_refresh_token', 'sf_instance_url', 'crm' );
	const ID     = '/^%s[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?$/D';

	/** What came of it, and its words. */
	private $outcome = array( 'failed', 'The plugin asked for no token.' );
	/** Who authorized, once Salesforce has said so. */
	private $who = array( null, null );
	/** Thrown to leave the plugin's function, which would end the process or write into its log. */
	private $end = null;
	private $agent;

	public function __construct( $agent ) {
		$this->agent = $agent;
	}

	/** By the plugin's own function for a browser that comes back. Nothing is stored before it is known who authorized. */
	public function complete_authorization() {
		$arguments = $this->agent->request['arguments'];
		$code      = isset( $arguments['code'] ) ? $arguments['code'] : null;
		if ( ! is_string( $code ) || strlen( $code ) > 1000 || ! preg_match( '/^[\x21-\x7e]+$/D', $code ) ) {
			return $this->agent->fail( 'bad_request', 'code must be the code that Salesforce gave, as it is after decoding.' );
		}
		if ( ! $this->is_id( 'expect_org', '00D' ) || ! $this->is_id( 'expect_user', '005' ) ) {
			return $this->agent->fail( 'bad_request', 'expect_org and expect_user must be ids of Salesforce.' );
		}
		$refusal = $this->agent->site->plugin_refusal();
		if ( null !== $refusal ) {
			return $refusal;
		}
		$crm   = $this->agent->looks->salesforce_class();
		$file  = defined( 'WPF_DIR_PATH' ) ? WPF_DIR_PATH . 'includes/crms/salesforce/admin/class-admin.php' : '';
		$class = 'WPF_Salesforce_Admin';
		if ( ! class_exists( $class, false ) && is_readable( $file ) ) {
			require_once $file;
		}
		if ( ! is_object( $crm ) || ! class_exists( $class, false ) || ! method_exists( $class, 'maybe_oauth_complete' ) ) {
			return $this->agent->fail( 'internal', 'This version of WP Fusion completes no authorization.' );
		}
		$this->agent->site->crm    = $crm;
		$this->agent->site->hidden = $code;
		$this->agent->gate->exchange();
		$this->agent->gate->judging = array( $this, 'answered' );
		add_filter( 'wp_redirect', array( $this, 'completed' ), PHP_INT_MIN );
		add_action( 'http_api_debug', array( $this, 'unanswered' ), PHP_INT_MIN );
		$this->run( new $class( 'salesforce', 'Salesforce', $crm ), $code );
		if ( 'done' === $this->outcome[0] ) {
			$this->store();
		}
		return $this->agent->good( $this->told() );
	}

	private function is_id( $name, $prefix ) {
		$id = isset( $this->agent->request['arguments'][ $name ] ) ? $this->agent->request['arguments'][ $name ] : null;
		return is_string( $id ) && preg_match( sprintf( self::ID, $prefix ), $id );
	}

	private function run( $admin, $code ) {
		$kept      = $_GET;
		$this->end = new RuntimeException( 'The agent has seen enough.' );
		$_GET      = array( 'code' => wp_slash( $code ), 'crm' => 'salesforce' );
		try {
			$admin->maybe_oauth_complete();
		} catch ( Throwable $thrown ) {
			if ( $thrown !== $this->end ) {
				$limit         = $this->agent->gate->limit;
				$this->outcome = array( 'failed', '' === $limit ? $thrown->getMessage() : $limit );
			}
		}
		$_GET = $kept;
	}

	/** Salesforce's answer, before the plugin has it. */
	public function answered( $response, $args, $url ) {
		$body = json_decode( $this->agent->gate->seen['body'], true );
		if ( isset( $body['error'] ) && is_string( $body['error'] ) ) {
			$this->ends( 'refused', $body['error'] . ( isset( $body['error_description'] ) && is_string( $body['error_description'] ) ? ' - ' . $body['error_description'] : '' ) );
		}
		foreach ( array( 'id', 'access_token', 'refresh_token', 'instance_url' ) as $name ) {
			if ( ! isset( $body[ $name ] ) || ! is_string( $body[ $name ] ) || '' === $body[ $name ] ) {
				$this->ends( 'failed', "Salesforce's answer holds no $name." );
			}
		}
		$found     = $this->agent->site->connection( array( 'sf_id' => $body['id'], 'sf_refresh_token' => $body['refresh_token'] ) );
		$this->who = array( $found['org_id'], $found['user_id'] );
		if ( ! $this->same( $this->who[0], 'expect_org' ) ) {
			$this->ends( 'wrong_org', 'Somebody of another org has authorized; the site keeps what it had.' );
		}
		if ( ! $this->same( $this->who[1], 'expect_user' ) ) {
			$this->ends( 'wrong_user', 'Another user has authorized; the site keeps what it had.' );
		}
		return $response;
	}

	/** An id has 15 characters, and three more that follow from them. */
	private function same( $id, $name ) {
		return null !== $id && substr( $id, 0, 15 ) === substr( $this->agent->request['arguments'][ $name ], 0, 15 );
	}

	public function unanswered( $response ) {
		if ( is_wp_error( $response ) ) {
			$this->ends( 'failed', $response->get_error_message() );
		}
	}

	/** The plugin has stored what it stores, which is held, and sends the browser on. */
	public function completed( $location ) {
		$this->ends( 'done', '' );
		return $location;
	}

	private function ends( $outcome, $text ) {
		$this->outcome = array( $outcome, $text );
		throw $this->end;
	}

	private function store() {
		$held = $this->agent->refresh->held( self::STORED );
		$keys = array_keys( $held );
		sort( $keys );
		$all = self::STORED;
		sort( $all );
		if ( $keys !== $all ) {
			$this->outcome = array( 'failed', 'The plugin did not store what it stores after an authorization.' );
			return;
		}
		$before = array_intersect_key( $this->agent->site->fresh(), array_flip( self::STORED ) );
		$missed = $this->agent->gate->save( $held, array() );
		$now    = $this->agent->site->connection( $this->agent->site->fresh() );
		if ( array() === $missed && null !== $now && $this->same( $now['org_id'], 'expect_org' ) && $this->same( $now['user_id'], 'expect_user' ) ) {
			return;
		}
		$back = array();
		foreach ( self::STORED as $name ) {
			$back[ $name ] = array_key_exists( $name, $before ) ? array( $before[ $name ] ) : null;
		}
		$this->agent->gate->save( $back, array() );
		$this->outcome = array( 'failed', 'The site did not store the new connection; the former one was put back.' );
	}

	private function told() {
		$now = $this->agent->site->connection( $this->agent->site->fresh() );
		return array(
			'outcome'    => $this->outcome[0],
			'text'       => $this->agent->site->text( $this->outcome[1] ),
			'org_id'     => $this->who[0],
			'user_id'    => $this->who[1],
			'access_fp'  => null === $now ? null : $now['access_fp'],
			'refresh_fp' => null === $now ? null : $now['refresh_fp'],
		);
	}
};
